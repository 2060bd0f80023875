"""The facade over SpiffWorkflow, and the closed language of diagrams. Nobody else imports the engine."""
