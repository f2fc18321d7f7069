"""Screens of the map, for those who answer for the ground."""
