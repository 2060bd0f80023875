"""placeholder until the demo lands"""


def register(app):
    pass
