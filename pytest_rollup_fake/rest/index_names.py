"""Names and patterns of indices: which there can be, and which there are.

Sources: MetadataCreateIndexService.validateIndexName, IndexNameExpressionResolver, IndexNotFoundException.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_rollup_fake.model.indices import INVALID_CHARACTERS

from . import errors, messages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_rollup_fake.model.indices import Index
    from pytest_rollup_fake.model.versions import Profile

    from .channel import Channel
    from .parameters import Parameters

_INVALID_CHARACTERS: Final = INVALID_CHARACTERS - {"#"}
_MOST_BYTES: Final = 255


def check_new_name(profile: Profile, name: str) -> None:
    """Refuse what no index can be called."""
    problem = _problem(profile, name)
    if problem is not None:
        raise errors.invalid_index_name(name, problem)


def _problem(profile: Profile, name: str) -> str | None:
    length = len(name.encode())
    problems = (
        (not name, messages.INDEX_EMPTY),
        (
            not _INVALID_CHARACTERS.isdisjoint(name),
            messages.INDEX_CHARACTERS.format(characters=profile.invalid_index_characters),
        ),
        ("#" in name, messages.INDEX_CHARACTER.format(character="#")),
        (":" in name and profile.index_colon_refused, messages.INDEX_CHARACTER.format(character=":")),
        (name[:1] in tuple("_-+"), messages.INDEX_CREATED),
        (length > _MOST_BYTES, messages.INDEX_TOO_LONG.format(length=length, limit=_MOST_BYTES)),
        (name in {".", ".."}, messages.INDEX_DOTS),
        (name != name.lower(), messages.INDEX_UPPER_CASE),
    )
    return next((text for applies, text in problems if applies), None)


def resolve(
    channel: Channel, expressions: Iterable[str], *, ignore_unavailable: bool = False, allow_no_indices: bool = True
) -> list[Index]:
    """Return the indices that expressions stand for: names, aliases, patterns, `_all`, and exclusions after a pattern.

    Raises the 404 for a name that there is not, unless that is ignored, and for a pattern that matches nothing, unless
    that is allowed.
    """
    found: dict[str, Index] = {}
    after_pattern = False
    for expression in expressions:
        if after_pattern and expression.startswith("-"):
            for index in channel.world.indices.matching(expression[1:]):
                found.pop(index.name, None)
            continue
        after_pattern = after_pattern or is_pattern(expression)
        indices = _named(channel, expression)
        if not indices and not (allow_no_indices if is_pattern(expression) else ignore_unavailable):
            raise errors.index_not_found(expression, channel.profile)
        found.update((index.name, index) for index in indices)
    return list(found.values())


def is_pattern(expression: str) -> bool:
    """Say whether an expression may stand for any number of indices."""
    return "*" in expression or expression == "_all"


def _named(channel: Channel, expression: str) -> list[Index]:
    if is_pattern(expression):
        return channel.world.indices.matching(expression)
    if expression.startswith("_"):
        raise errors.invalid_index_name(expression, messages.INDEX_READ)
    return channel.world.indices.named(expression)


class Requested:
    """The indices that a request is about, as it names them (IndicesOptions.fromRequest): a list, or one."""

    def __init__(self, channel: Channel, parameters: Parameters, *, is_list: bool = True) -> None:
        text = parameters.text("index")
        self.is_named = bool(text)
        self.expressions = (text or "_all").split(",") if is_list else [text or "_all"]
        self._channel = channel
        self._ignore_unavailable = parameters.boolean("ignore_unavailable", default=False)
        self._allow_no_indices = parameters.boolean("allow_no_indices", default=True)
        parameters.text("expand_wildcards")

    def resolve(self) -> list[Index]:
        """Return the indices; a path that was meant for another API but is taken for an index's is refused."""
        if any(expression.startswith("_") and expression != "_all" for expression in self.expressions):
            self._channel.request.endpoint = "refused"
        return resolve(
            self._channel,
            self.expressions,
            ignore_unavailable=self._ignore_unavailable,
            allow_no_indices=self._allow_no_indices,
        )
