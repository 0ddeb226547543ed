"""Run the tests that the facts name, check that they speak to the lines that are claimed, and write the page.

`python -m tests.faithfulness`, from the root of the repository. Options and arguments after it are pytest's own.
"""

from __future__ import annotations

import sys

from tests.faithfulness.evidence import run
from tests.faithfulness.facts import PAGE, read_topics, render

if __name__ == "__main__":
    topics = read_topics()
    facts = [fact for topic in topics for fact in topic.facts]
    failures = run(facts, sys.argv[1:])
    for failure in failures:
        print(failure, file=sys.stderr)  # noqa: T201  (a command tells its user)
    if failures:
        sys.exit(1)
    PAGE.write_text(render(topics), encoding="utf-8")
    print(f"{len(facts)} facts are asserted as they claim.")  # noqa: T201  (likewise)
