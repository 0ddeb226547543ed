"""What `pytest_rollup_fake` offers for import, and when it is loaded."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from typing import Any

import pytest

import pytest_rollup_fake
from pytest_rollup_fake import MakeRollupCluster, RollupCluster, faults, scenarios
from pytest_rollup_fake.settings import MARKER_KEYWORDS

NAMES = tuple(pytest_rollup_fake.__all__)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_can_be_imported(name: str) -> None:
    """It is an attribute of the package, and the same object each time."""
    names: dict[str, object] = {}
    exec(f"from pytest_rollup_fake import {name}", names)  # noqa: S102  (the statement under test)

    assert names[name] is getattr(pytest_rollup_fake, name)


def test_the_names_are_listed() -> None:
    """For completion, and for `import *`."""
    assert set(dir(pytest_rollup_fake)) == set(NAMES)
    assert {"NEVER", "JobState", "RollupCluster", "polls"} <= set(NAMES)


def test_faults_and_scenarios_list_what_is_for_users() -> None:
    """For completion; what they import is nobody's business."""
    made = {name for name, value in vars(faults).items() if inspect.isfunction(value) and name[0] != "_"}
    assert set(dir(faults)) == {*faults.__all__} == {"Fault", *made} - {"dataclass", "fields"}
    assert set(dir(scenarios)) == {"ALL", "get", *(scenario.__name__ for scenario in scenarios.ALL)}


def test_the_types_of_arguments_have_names() -> None:
    """So that users can annotate helpers of their own with what `add_job` and `inject` take."""
    named = vars(pytest_rollup_fake).keys() | {*NAMES}
    for function in (RollupCluster.add_job, RollupCluster.inject, RollupCluster.wait_for_request):
        for parameter in inspect.signature(function).parameters.values():
            names = re.findall(r"[A-Z]\w+", str(parameter.annotation))
            assert {*names} <= {*named, "Any", "Literal", "Mapping", "None", "Sequence"}, parameter


def test_the_package_loads_none_of_them_by_itself() -> None:
    """Each is loaded when it is first used, and only with what it needs."""
    script = """if True:
        import sys

        def loaded():
            return {name for name in sys.modules if name.partition(".")[0] in ("pytest_rollup_fake", "werkzeug")}

        import pytest_rollup_fake
        dir(pytest_rollup_fake)
        assert loaded() == {"pytest_rollup_fake"}, loaded()

        pytest_rollup_fake.NEVER
        assert "pytest_rollup_fake.cluster" not in loaded()
        assert "werkzeug" not in loaded()

        pytest_rollup_fake.RollupCluster
        assert "werkzeug" in loaded()
        """
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("name", ["NEVR", "__wrapped__"])
def test_a_name_that_does_not_exist_is_an_attribute_error(name: str) -> None:
    """Misspelt, or never there."""
    with pytest.raises(AttributeError, match=f"module 'pytest_rollup_fake' has no attribute '{name}'"):
        getattr(pytest_rollup_fake, name)
    with pytest.raises(ImportError, match=f"cannot import name '{name}'"):
        exec(f"from pytest_rollup_fake import {name}", {})  # noqa: S102  (the statement under test)


@pytest.mark.parametrize("keyword", ["sleep", "reset"])
def test_what_is_only_the_markers_is_a_type_error(keyword: str, make_rollup_cluster: MakeRollupCluster) -> None:
    """Of the class and of the factory."""
    arguments: dict[str, Any] = {keyword: None}
    with pytest.raises(TypeError, match=keyword):
        RollupCluster(**arguments)
    with pytest.raises(TypeError, match=keyword):
        make_rollup_cluster(**arguments)


def test_the_factory_takes_what_the_class_takes() -> None:
    """Type checkers know its arguments by a copy of the signature."""
    factory = inspect.signature(MakeRollupCluster.__call__).parameters.values()
    cluster = inspect.signature(RollupCluster.__init__).parameters.values()

    assert [(each.name, each.kind, each.annotation) for each in factory] == [
        (each.name, each.kind, each.annotation) for each in cluster
    ]


def test_the_marker_takes_what_the_class_takes() -> None:
    """But for the address, which is the fixture's business; `reset` is for shared clusters, `sleep` for the test."""
    arguments = set(inspect.signature(RollupCluster).parameters)

    assert {*MARKER_KEYWORDS} == arguments - {"host", "port"} | {"reset", "sleep"}
