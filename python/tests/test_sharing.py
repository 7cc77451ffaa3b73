"""Tensors and others' arrays: numpy's views, torch.from_dlpack, without a copy. What is not installed is left out, and the test says so."""
import gc
import unittest

import maru.torch as torch

try:
    import numpy
except ImportError:
    numpy = None
try:
    import torch as real
except ImportError:
    real = None


@unittest.skipUnless(numpy, "numpy is not installed")
class Numpy(unittest.TestCase):
    def test_a_view_shares_its_memory_both_ways(self):
        x = torch.arange(6).reshape(2, 3).float()
        view = x.numpy()
        x[0, 1] = 40.0
        view[1, 2] = 50.0
        self.assertEqual((view[0, 1], x[1, 2].item()), (40.0, 50.0))
        self.assertEqual((view.dtype, view.shape), (numpy.float32, (2, 3)))

    def test_strides_are_kept(self):
        x = torch.arange(12).reshape(3, 4)
        self.assertTrue((x.T[1:, ::2].numpy() == numpy.arange(12).reshape(3, 4).T[1:, ::2]).all())
        self.assertTrue(numpy.shares_memory(numpy.asarray(x.T), x.numpy()))

    def test_a_view_outlives_its_tensor(self):
        view = torch.ones(1000).numpy()
        gc.collect()
        _ = [torch.zeros(1000) for _ in range(20)]
        self.assertEqual(view.sum(), 1000)

    def test_dlpack_shares_its_memory(self):
        x = torch.tensor([1.0, 2.0, 3.0])
        view = numpy.from_dlpack(x)
        x[1] = 20.0
        self.assertEqual(view.tolist(), [1.0, 20.0, 3.0])

    def test_arrays_become_tensors(self):
        for array in (numpy.array([[1.5, 2.5]], dtype="float32"), numpy.array([1, 2], dtype="int32"), numpy.array([True, False])):
            self.assertEqual(torch.tensor(array).tolist(), array.tolist())


@unittest.skipUnless(real, "torch is not installed")
class Torch(unittest.TestCase):
    def test_dlpack_shares_its_memory_both_ways(self):
        for made in (torch.arange(6).reshape(2, 3), torch.arange(6).reshape(2, 3).float(), torch.tensor([[True, False]])):
            shared = real.from_dlpack(made)
            self.assertEqual((shared.tolist(), tuple(shared.shape)), (made.tolist(), tuple(made.shape)))
        x = torch.zeros(4)
        shared = real.from_dlpack(x)
        shared[2] = 7.0
        x[0] = 5.0
        self.assertEqual((x.tolist(), shared.tolist()), ([5.0, 0.0, 7.0, 0.0],) * 2)

    def test_strides_are_kept(self):
        self.assertEqual(real.from_dlpack(torch.arange(6).reshape(2, 3).T).tolist(), [[0, 3], [1, 4], [2, 5]])

    def test_it_outlives_its_tensor(self):
        shared = real.from_dlpack(torch.ones(1000))
        gc.collect()
        _ = [torch.zeros(1000) for _ in range(20)]
        self.assertEqual(float(shared.sum()), 1000)

    def test_torchs_own_become_tensors(self):
        self.assertEqual(torch.tensor(real.tensor([[1.5, 2.5]], requires_grad=True)).tolist(), [[1.5, 2.5]])


if __name__ == "__main__":
    unittest.main()
