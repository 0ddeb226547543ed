"""`rollup-fake completion`: what the shells offer."""

from __future__ import annotations

import subprocess

import pytest

from pytest_rollup_fake.command.main import main
from pytest_rollup_fake.model.versions import LINES


def completed(script: str, *words: str) -> list[str]:
    """Return what bash offers for the last of the words."""
    line = " ".join(f"'{word}'" for word in words)
    ask = f'COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _rollup_fake; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", f"{script}\n{ask}"], capture_output=True, text=True, check=True)  # noqa: S607  (the user's own)
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["ser"], ["serve"]),
        ([""], ["serve", "schema", "versions", "yaml-suite", "completion"]),
        (["serve", "--sc"], ["--scenario"]),
        (["serve", "--clock", ""], ["skipping", "running", "manual"]),
        (["serve", "--version", "9"], [line for line in LINES if line.startswith("9")]),
        (["versions", "di"], ["diff"]),
        (["versions", "diff", "7.17", "8.1"], [line for line in LINES if line.startswith("8.1")]),
        (["completion", "z"], ["zsh"]),
    ],
)
def test_bash_offers_what_the_parser_takes(
    capsys: pytest.CaptureFixture[str], words: list[str], offered: list[str]
) -> None:
    """Commands, options and their values."""
    assert main(["completion", "bash"]) == 0
    assert completed(capsys.readouterr().out, "rollup-fake", *words) == offered


def test_zsh_reads_the_script_of_bash(capsys: pytest.CaptureFixture[str]) -> None:
    """It has a function for that."""
    main(["completion", "bash"])
    bash = capsys.readouterr().out
    main(["completion", "zsh"])
    assert capsys.readouterr().out == f"autoload -U +X bashcompinit && bashcompinit\n{bash}"


def test_fish_is_told_of_commands_options_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    """A line each."""
    main(["completion", "fish"])
    lines = capsys.readouterr().out.splitlines()
    serve = "complete -c rollup-fake -n '__fish_seen_subcommand_from serve'"
    assert "complete -c rollup-fake -n __fish_use_subcommand -a versions" in lines
    assert f"{serve} -l clock -x -a 'skipping running manual'" in lines
    assert f"{serve} -l scenario -r -F" in lines
