"""The catalogue of resources, read; and where an application from it begins."""
