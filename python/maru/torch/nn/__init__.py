"""torch.nn, of which only functional is here."""
from . import functional
