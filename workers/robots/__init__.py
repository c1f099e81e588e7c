"""The digital workers of this repository, each a small package that imports only the SDK."""
