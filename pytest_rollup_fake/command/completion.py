"""`rollup-fake completion`: scripts made from the parser, so that they know what it knows."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from pytest_rollup_fake.model.versions import LINES

if TYPE_CHECKING:
    from collections.abc import Mapping

_BASH: Final = """\
_rollup_fake() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words
    case $previous in
@VALUES@
        *) case ${COMP_WORDS[1]} in
@COMMANDS@
            *) words="@NAMES@" ;;
        esac ;;
    esac
    if [ "$COMP_CWORD" = 1 ]; then words="@NAMES@"; fi
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _rollup_fake rollup-fake
"""
_ZSH: Final = """\
autoload -U +X bashcompinit && bashcompinit
"""


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """Return the script for a shell, `"bash"`, `"zsh"` (which can read that of bash) or `"fish"`."""
    commands = _commands(parser)
    if shell == "fish":
        return _fish(commands)
    values = {option: words for each in commands.values() for option, words in _values(each).items()}
    lines = [f'{option}) words="{" ".join(words)}" ;;' for option, words in values.items()]
    cases = [f'{name}) words="{" ".join(_words(name, each))}" ;;' for name, each in commands.items()]
    text = _BASH.replace("@VALUES@", _indented(lines, 8)).replace("@COMMANDS@", _indented(cases, 12))
    return (_ZSH if shell == "zsh" else "") + text.replace("@NAMES@", " ".join(commands))


def _commands(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    [found] = [each for each in _actions(parser) if isinstance(each, argparse._SubParsersAction)]  # noqa: SLF001  (it has no other name)
    commands: Mapping[str, argparse.ArgumentParser] = found.choices
    return commands


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return parser._actions  # noqa: SLF001  (argparse tells nobody what it was given)


def _values(parser: argparse.ArgumentParser) -> dict[str, list[str]]:
    """Return what can follow an option, as far as that is known."""
    known = {
        option: [str(choice) for choice in action.choices]
        for action in _actions(parser)
        for option in action.option_strings
        if action.choices
    }
    return {**known, **({"--version": list(LINES)} if "--version" in _options(parser) else {})}


def _options(parser: argparse.ArgumentParser) -> list[str]:
    return [option for action in _actions(parser) for option in action.option_strings if option.startswith("--")]


def _words(name: str, parser: argparse.ArgumentParser) -> list[str]:
    """Return what can stand behind a command."""
    places = [action for action in _actions(parser) if not action.option_strings]
    choices = [str(choice) for action in places for choice in action.choices or ()]
    return [*(["diff", *LINES] if name == "versions" else choices), *_options(parser)]


def _indented(lines: list[str], width: int) -> str:
    return "\n".join(" " * width + line for line in lines)


def _fish(commands: Mapping[str, argparse.ArgumentParser]) -> str:
    lines = ["complete -c rollup-fake -f"]
    lines += [f"complete -c rollup-fake -n __fish_use_subcommand -a {name}" for name in commands]
    for name, parser in commands.items():
        start = f"complete -c rollup-fake -n '__fish_seen_subcommand_from {name}'"
        values = _values(parser)
        for option in _options(parser):
            follows = f" -x -a '{' '.join(values[option])}'" if option in values else ""
            lines.append(f"{start} -l {option.removeprefix('--')}{follows}")
        words = [word for word in _words(name, parser) if not word.startswith("-")]
        lines += [f"{start} -a '{' '.join(words)}'"] if words else []
    lines.append("complete -c rollup-fake -n '__fish_seen_subcommand_from serve' -l scenario -r -F")
    return "\n".join(lines) + "\n"
