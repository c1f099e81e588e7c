"""The API of rpafabrik: resource types, the words Temporal carries, expressions. Pure; no I/O."""
