"""The tabs of the app: each puts its controls on the page and says what they change.

Gradio is handed in, not imported.
"""
