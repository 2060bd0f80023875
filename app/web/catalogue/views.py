"""All screens of the catalogue, gathered."""

from __future__ import annotations

from app.web.catalogue import grants, resources, responsibility
from app.web.catalogue.routes import pages

__all__ = ["grants", "pages", "resources", "responsibility"]
