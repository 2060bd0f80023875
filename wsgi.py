"""What a production server imports: `wsgi:app`."""

from app import create_app

app = create_app()
