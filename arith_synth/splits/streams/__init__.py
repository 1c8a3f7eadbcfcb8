"""Endless training tasks beyond the published training splits, under the same exclusions."""
