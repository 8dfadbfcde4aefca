"""Reference solutions of Practical 9 (recurrent neural networks), one module a question."""
