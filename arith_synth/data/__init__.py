"""The dataset folder: schema, writing, checksums, card and loading. Importing this package loads nothing."""
