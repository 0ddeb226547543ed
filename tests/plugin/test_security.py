"""What pytest shows of a cluster's secrets: nothing."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.plugin.conftest import RunTests


def test_a_report_shows_no_secret(run_tests: RunTests) -> None:
    """Not even with the local variables that pytest shows on request."""
    result = run_tests(
        """
        import urllib.request

        import pytest

        SECRET = "hunter" + "2"

        @pytest.mark.rollup_cluster(security=True, jobs=["sensor"])
        def test_it(rollup_cluster):
            security = rollup_cluster.security
            security.add_user("ops", SECRET, cluster=["all"])
            key = security.add_api_key("k", SECRET, user="ops")
            token = security.add_token(SECRET, user="ops")
            call = urllib.request.Request(
                rollup_cluster.url_for("/_rollup/job/sensor"), headers={"Authorization": f"ApiKey {key.encoded}"}
            )
            urllib.request.urlopen(call).close()
            del call
            requests = rollup_cluster.requests
            headers = requests.last.headers
            assert requests == []
        """,
        "--showlocals",
    )

    result.assert_outcomes(failed=1)
    shown = result.stdout.str()
    assert "<ApiKey 'k' of 'ops'>" in shown
    assert "'Authorization': '***'" in shown
    assert "hunter2" not in shown
    assert base64.b64encode(b"k:hunter2").decode() not in shown
