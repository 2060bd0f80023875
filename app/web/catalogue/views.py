"""All screens of the catalogue, gathered."""

from __future__ import annotations

from app.web.catalogue import grants, holdings, resources, responsibility, uses
from app.web.catalogue.routes import pages

__all__ = ["grants", "holdings", "pages", "resources", "responsibility", "uses"]
