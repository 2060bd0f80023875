"""The catalogue of shared resources, every version of each entry, and the grants on them."""
