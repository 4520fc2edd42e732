"""Pure: messages about changes, in the format of any sender → changes in one vocabulary."""
