"""A runner for the YAML REST tests that Elasticsearch holds itself to: `python -m pytest_rollup_fake.yaml_suite PATH`.

The tests are read from a checkout that the user names; none are shipped. What cannot be run here is told apart from
what passes: see `outcomes`. Nothing here is imported by a pytest run.
"""
