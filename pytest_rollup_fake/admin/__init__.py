"""Driving a cluster from outside Python: documents in JSON and TOML, and the API below `/_fake/` that takes them.

Nothing here is imported by a pytest run: there `/_fake/` would be a byte that Elasticsearch does not send.
"""
