"""Loads the suite's plugin where its folder is named; `--pyargs` needs `pytest_rollup_fake.plugin` for that."""

pytest_plugins = ("pytest_rollup_fake.contract.plugin",)
