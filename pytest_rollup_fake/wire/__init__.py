"""Sockets: the server, its connections and HTTP/1.1. The wire decides neither when nor what is answered."""
