"""What a production server imports: `wsgi:app`."""

import gc

from app import create_app
from app.cli.serving import end_with_server

end_with_server()
app = create_app()

gc.collect()
gc.freeze()  # what is loaded now stays: the collector need not look at it again at every request
gc.set_threshold(10_000, 20, 50)
