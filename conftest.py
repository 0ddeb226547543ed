"""Gives every test `pytester`."""

pytest_plugins = ["pytester"]
