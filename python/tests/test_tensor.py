"""maru.torch: what is printed, indexed and computed. Expected texts and numbers were taken from torch 2.15."""
import math
import unittest

import maru.torch as torch


class Tensors(unittest.TestCase):
    def test_they_print_as_torchs_do(self):
        self.assertEqual(repr(torch.tensor([[101, 7592, 2088, 102]])), "tensor([[ 101, 7592, 2088,  102]])")
        self.assertEqual(repr(torch.tensor([1.0, 2.5, -3.25])), "tensor([ 1.0000,  2.5000, -3.2500])")
        self.assertEqual(repr(torch.tensor([1.0, 2.0])), "tensor([1., 2.])")
        self.assertEqual(repr(torch.tensor(3.5)), "tensor(3.5000)")
        self.assertEqual(repr(torch.tensor([True, False])), "tensor([ True, False])")
        self.assertEqual(repr(torch.tensor([[0.0, float("-inf")]])), "tensor([[0., -inf]])")
        self.assertEqual(repr(torch.tensor([1e-5, 1.0])), "tensor([1.0000e-05, 1.0000e+00])")
        self.assertEqual(repr(torch.zeros(2, 2)), "tensor([[0., 0.],\n        [0., 0.]])")
        self.assertEqual(repr(torch.zeros(1, 4, 768).shape), "torch.Size([1, 4, 768])")
        self.assertEqual(f"{torch.tensor(2.5):.4f}", "2.5000")

    def test_indexing(self):
        x = torch.arange(24).reshape(2, 3, 4)
        self.assertEqual(x[1, 2].tolist(), [20, 21, 22, 23])
        self.assertEqual(x[:, 1].tolist(), [[4, 5, 6, 7], [16, 17, 18, 19]])
        self.assertEqual(x[..., -1].tolist(), [[3, 7, 11], [15, 19, 23]])
        self.assertEqual(x[0, ::2, 1:3].tolist(), [[1, 2], [9, 10]])
        self.assertEqual(tuple(x[None].shape), (1, 2, 3, 4))
        self.assertEqual(x[:, [2, 0]][0].tolist(), [[8, 9, 10, 11], [0, 1, 2, 3]])
        self.assertEqual(x[[0, 1], [1, 2]].tolist(), [[4, 5, 6, 7], [20, 21, 22, 23]])
        self.assertEqual(x[:, [0, 1], [1, 2]].tolist(), [[1, 6], [13, 18]])
        self.assertEqual(x[x > 20].tolist(), [21, 22, 23])
        self.assertEqual([r.tolist() for r in x[0]], x[0].tolist())
        with self.assertRaises(IndexError):
            x[2]
        y = torch.zeros(2, 3)
        y[0, 1] = 5
        y[1] = torch.tensor([1.0, 2.0, 3.0])
        y[y == 2] = -1
        self.assertEqual(y.tolist(), [[0, 5, 0], [1, -1, 3]])

    def test_views_share_their_numbers(self):
        x = torch.zeros(2, 3)
        x.T[1, 0] = 7.0
        self.assertEqual(x[0, 1].item(), 7.0)

    def test_mathematics(self):
        x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        self.assertEqual(x.sum().item(), 21)
        self.assertEqual(x.mean(dim=1).tolist(), [2, 5])
        self.assertEqual(x.mean(0, keepdim=True).tolist(), [[2.5, 3.5, 4.5]])
        self.assertEqual((x @ x.T).tolist(), [[14, 32], [32, 77]])
        self.assertEqual((2 - x / 2 + x ** 2)[0].tolist(), [2.5, 5.0, 9.5])
        values, indices = x.max(dim=1)
        self.assertEqual((values.tolist(), indices.tolist()), ([3, 6], [2, 2]))
        self.assertEqual(torch.topk(torch.tensor([1.0, 5.0, 3.0]), 2).indices.tolist(), [1, 2])
        self.assertEqual(torch.softmax(torch.tensor([0.0, -math.inf]), dim=0).tolist(), [1.0, 0.0])
        self.assertEqual(torch.triu(torch.ones(2, 2), diagonal=1).tolist(), [[0, 1], [0, 0]])
        self.assertEqual(torch.stack([x[0], x[1]], dim=-1).tolist(), [[1, 4], [2, 5], [3, 6]])
        self.assertEqual(torch.cat([x, x], dim=1).shape, (2, 6))
        self.assertAlmostEqual(torch.nn.functional.cross_entropy(x, torch.tensor([0, 2])).item(), (2.407606 + 0.407606) / 2, places=5)
        self.assertTrue(torch.allclose(x, x + 1e-9))
        self.assertEqual((torch.tensor([5, -5]) // 3).tolist(), [1, -2])
        self.assertEqual(torch.where(x > 2, x, 0)[0].tolist(), [0, 0, 3])
        with self.assertRaisesRegex(ValueError, "squeeze"):
            torch.dot(x, x)

    def test_the_seed_repeats(self):
        torch.manual_seed(3)
        a = torch.randn(4)
        torch.manual_seed(3)
        self.assertTrue(torch.equal(a, torch.randn(4)))

    def test_no_grad_is_a_context_and_a_decorator(self):
        @torch.no_grad()
        def one():
            return 1
        with torch.no_grad():
            self.assertEqual(one(), 1)

    def test_others_take_them_without_a_copy(self):
        x = torch.zeros(2, 3)
        view = memoryview(x)
        self.assertEqual((view.shape, view.format, view.strides), ((2, 3), "f", (12, 4)))
        view[1, 2] = 4.0
        self.assertEqual(x[1, 2].item(), 4.0)
        self.assertEqual(x.__dlpack_device__(), (1, 0))
        try:
            import numpy
        except ImportError:
            return
        y = x.numpy()
        y[0, 0] = 9
        self.assertEqual(x[0, 0].item(), 9)
        self.assertEqual(numpy.from_dlpack(x)[0, 0], 9)
        self.assertEqual(numpy.asarray(x.T).shape, (3, 2))


if __name__ == "__main__":
    unittest.main()
