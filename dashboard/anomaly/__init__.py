"""Pure: samples → probability → flags → intervals; forecasts."""
