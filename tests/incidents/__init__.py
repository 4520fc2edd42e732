"""Tests of the package incidents."""
