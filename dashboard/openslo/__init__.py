"""Pure: OpenSLO in and out. Texts of files in, objectives and diagnostics out; other tools' definitions made OpenSLO v1."""
