"""Pure: OpenSLO in and out. Texts of files in, objectives and flaws out; other tools' definitions made OpenSLO v1."""
