"""Floors and ceilings: answers that anyone can make without a model, and what they are worth."""
