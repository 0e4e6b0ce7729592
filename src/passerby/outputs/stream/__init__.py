"""Send covered pictures to viewers; encodes only while somebody watches."""
