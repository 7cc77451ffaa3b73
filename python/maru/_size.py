"""The shape of a tensor: a tuple that prints as torch's does."""


class Size(tuple):
    __slots__ = ()

    def __repr__(self):
        return f"torch.Size({list(self)})"

    def numel(self):
        total = 1
        for n in self:
            total *= n
        return total
