"""Talking with the Hub: what a repository holds, calls that end, and failures in one line without a token."""
