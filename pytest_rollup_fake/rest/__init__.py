"""What Elasticsearch says: a request value in, a reply or a wait out.

Nothing here knows a socket, a thread or pytest.
"""
