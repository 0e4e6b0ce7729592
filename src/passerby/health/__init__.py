"""How cameras are doing; nothing about people."""
