"""Transformers, layer by layer and whole."""

import torch

from attention import TOLERANCE, later, padding, second_mask, yes


def cases(f):
    for heads, ff, activation, first, causal, bias, lengths in (
            (2, 4, "relu", False, False, True, None), (1, 3, "relu", True, False, True, None),
            (2, 5, "tanh", False, True, True, [3, 1]), (4, 4, "relu", True, True, False, None),
            (2, 4, "gelu", True, False, True, [2, 3])):
        options = dict(d_model=4, nhead=heads, dim_feedforward=ff, activation=getattr(torch.nn.functional, activation), batch_first=True,
                       norm_first=first, bias=bias)
        text = (f"num_heads: {heads}, dim_feedforward: {ff}, activation: {activation}, norm_first: {yes(first)}, "
                f"causal: {yes(causal)}, bias: {yes(bias)}")
        mask = None if lengths is None else padding(lengths, 3)
        out = None if mask is None else ~mask
        forbidden = later(3, 3) if causal else None

        def encode(m, x):
            more = {"mask" if hasattr(m, "layers") else "src_mask": forbidden}
            return m(x, src_key_padding_mask=out, **more)

        def decode(m, x, memory):
            return m(x, memory, tgt_mask=forbidden, memory_key_padding_mask=out)

        encoder, decoder = torch.nn.TransformerEncoderLayer(**options), torch.nn.TransformerDecoderLayer(**options)
        f.layer(f"transformer_encoder_layer: {{{text}}}", encoder, f.normal(2, 3, 4), call=encode, mask=mask,
                tolerance=TOLERANCE)
        f.layer(f"transformer_decoder_layer: {{{text}}}", decoder, f.normal(2, 3, 4), f.normal(2, 3, 4), call=decode,
                tolerance=TOLERANCE)
        second_mask(f, mask)
        norm = torch.nn.LayerNorm(4, bias=bias) if first else None
        layers = 2 if not first and not lengths else 1
        text += f", num_layers: {layers}, final_norm: {yes(first)}"
        f.layer(f"transformer_encoder: {{{text}}}",
                torch.nn.TransformerEncoder(encoder, layers, norm, enable_nested_tensor=False), f.normal(2, 3, 4),
                call=encode, mask=mask, tolerance=TOLERANCE)
        f.layer(f"transformer_decoder: {{{text}}}", torch.nn.TransformerDecoder(decoder, layers, norm), f.normal(2, 3, 4),
                f.normal(2, 3, 4), call=decode, tolerance=TOLERANCE)
        second_mask(f, mask)
