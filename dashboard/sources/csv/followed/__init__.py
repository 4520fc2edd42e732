"""Files that are followed: each once, through renames, copies and replacements."""
