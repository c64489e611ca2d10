# models/digits8k was not there when this build was configured: the embedded bundle is empty.
	.section .rodata
	.globl voizk_embedded_json
	.globl voizk_embedded_json_end
	.globl voizk_embedded_weights
	.globl voizk_embedded_weights_end
voizk_embedded_json:
voizk_embedded_json_end:
voizk_embedded_weights:
voizk_embedded_weights_end:
	.section .note.GNU-stack, "", %progbits
