"""Tests of the package oncall."""
