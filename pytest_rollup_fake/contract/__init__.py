"""The contract: what Elasticsearch answers, as cases that a fake and a real cluster are both held to.

`python -m pytest --pyargs pytest_rollup_fake.contract` runs it against this package's fake in every version line, with
`--rollup-url https://user:password@host:9200` against a cluster of yours. The cases (`cases`) are data, written from
what Elasticsearch's classes, tests and reference say, each with its source; they use nothing of the fake, so that a
wrong fake does not agree with itself.
"""
