"""Pure: what other tools' files state, as objectives."""
