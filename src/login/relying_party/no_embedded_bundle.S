# The embedded bundle is empty: models/digits8k was not there when this build was configured, or the build is one for WebAssembly, where a program
# loads its bundle.
#if defined(__wasm__)
	.section .rodata.voizk_embedded, "", @
	.globl voizk_embedded_json
	.globl voizk_embedded_json_end
	.globl voizk_embedded_weights
	.globl voizk_embedded_weights_end
	.type voizk_embedded_json, @object
	.type voizk_embedded_json_end, @object
	.type voizk_embedded_weights, @object
	.type voizk_embedded_weights_end, @object
voizk_embedded_json:
voizk_embedded_json_end:
voizk_embedded_weights:
voizk_embedded_weights_end:
	.int8 0
	.size voizk_embedded_json, 1
	.size voizk_embedded_json_end, 1
	.size voizk_embedded_weights, 1
	.size voizk_embedded_weights_end, 1
#else
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
#endif
