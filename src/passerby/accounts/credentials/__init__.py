"""How a person proves who they are: each kind of credential in one file, with the one library that it needs."""
