"""A review in words: sentences, HTML, Markdown and messages."""
