import type { TuningTable } from './table.ts'

/** Choices that come with the package, by family of devices. Written by `ship-tuning`. */
export const SHIPPED: TuningTable = {
  format: 1,
  devices: {
    'mesa | software | f16, dot, subgroups 8-8': {
      'Conv float32 256x8 -> float32 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #6b063159e46a4b03':
        { variant: 'broadcast weights 16x16', ratio: 1 },
      'Conv float16 256x8 -> float16 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #c2ad9dc42c32a064':
        { variant: 'broadcast weights 16x16', ratio: 1 },
      'Conv int8 256x8 -> int8 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #9ba9aeb23d488163':
        { variant: 'broadcast weights 32x16', ratio: 1.12 },
      'Conv int8 256x8 -> int8 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightBits=4 weightZeroPoints=false #eb2c43062940d783':
        { variant: 'broadcast weights 16x16', ratio: 1 },
      'Conv float32 1024x1 -> float32 1024x8 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #f905d32c72aed626':
        { variant: 'broadcast weights 16x8', ratio: 1 },
      'Conv float16 1024x1 -> float16 1024x8 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #d8d966dc9c83d230':
        { variant: 'broadcast weights 32x8', ratio: 1.34 },
      'Conv int8 1024x1 -> int8 1024x8 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #762860170a50bab3':
        { variant: 'broadcast weights 32x8', ratio: 1.14 },
      'Conv int8 1024x1 -> int8 1024x8 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightBits=4 weightZeroPoints=false #68dd2db7c8a6ecd7':
        { variant: 'broadcast weights 16x8', ratio: 1 },
      'Gemm float32 1x1024 -> float32 1x8 weightZeroPoints=false #dc7b3ef32e23304b': {
        variant: 'direct',
        ratio: 1.19,
      },
      'Gemm float16 1x1024 -> float16 1x8 weightZeroPoints=false #34f29fd457f8a974': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm int8 1x1024 -> int8 1x8 weightZeroPoints=false #83f21b1dde3ae364': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm int8 1x1024 -> int8 1x8 weightBits=4 weightZeroPoints=false #fb69ac1bd513617f': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Conv float32 64x64 -> float32 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #9ed51eb4994067fe':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv float16 64x64 -> float16 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #3a5affd2612b20e9':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv int8 64x64 -> int8 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #3e580c23aa7dafd3':
        { variant: 'broadcast inputs 32x32', ratio: 1.16 },
      'Conv int8 64x64 -> int8 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightBits=4 weightZeroPoints=false #af8a458490903c8d':
        { variant: 'broadcast inputs 8x32', ratio: 1.07 },
      'Conv float32 256x16 -> float32 256x32 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #9ed51eb4994067fe':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv float16 256x16 -> float16 256x32 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #3a5affd2612b20e9':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv int8 256x16 -> int8 256x32 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #3e580c23aa7dafd3':
        { variant: 'broadcast inputs 8x32', ratio: 1.23 },
      'Conv int8 256x16 -> int8 256x32 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightBits=4 weightZeroPoints=false #af8a458490903c8d':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv float32 64x32 -> float32 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #9ed51eb4994067fe':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv float16 64x32 -> float16 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #3a5affd2612b20e9':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv int8 64x32 -> int8 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #3e580c23aa7dafd3':
        { variant: 'broadcast inputs 32x32', ratio: 1.32 },
      'Conv int8 64x32 -> int8 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightBits=4 weightZeroPoints=false #af8a458490903c8d':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv float32 1024x1 -> float32 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=2,2 weightZeroPoints=false #db9426933fb3a0fc':
        { variant: 'broadcast weights 16x16', ratio: 1 },
      'Conv float16 1024x1 -> float16 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=2,2 weightZeroPoints=false #b96e6b796b0a1752':
        { variant: 'broadcast weights 32x16', ratio: 1.09 },
      'Conv int8 1024x1 -> int8 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=2,2 weightZeroPoints=false #acee4f6c1eb0b689':
        { variant: 'broadcast weights 16x16', ratio: 1 },
      'Gemm float32 1x64 -> float32 1x32 weightZeroPoints=false #dc7b3ef32e23304b': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm float16 1x64 -> float16 1x32 weightZeroPoints=false #34f29fd457f8a974': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm int8 1x64 -> int8 1x32 weightZeroPoints=false #83f21b1dde3ae364': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm int8 1x64 -> int8 1x32 weightBits=4 weightZeroPoints=false #fb69ac1bd513617f': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm float32 1x8 -> float32 1x64 weightZeroPoints=false #dc7b3ef32e23304b': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm float16 1x8 -> float16 1x64 weightZeroPoints=false #34f29fd457f8a974': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm int8 1x8 -> int8 1x64 weightZeroPoints=false #d9cc7749b6d3148b': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm int8 1x8 -> int8 1x64 weightBits=4 weightZeroPoints=false #f49bbeb1ec811d00': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm float32 1x32 -> float32 1x4 weightZeroPoints=false #dc7b3ef32e23304b': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm float16 1x32 -> float16 1x4 weightZeroPoints=false #34f29fd457f8a974': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm int8 1x32 -> int8 1x4 weightZeroPoints=false #83f21b1dde3ae364': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm int8 1x32 -> int8 1x4 weightBits=4 weightZeroPoints=false #fb69ac1bd513617f': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
    },
    'google | swiftshader | subgroups 4-4': {
      'Conv float32 256x8 -> float32 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #69ca733ab56da487':
        { variant: 'broadcast weights 16x16', ratio: 2.24 },
      'Conv float16 256x8 -> float16 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #57a29587eeb429a1':
        { variant: 'broadcast inputs 16x16', ratio: 2.14 },
      'Conv int8 256x8 -> int8 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #617a8d9f7d77c818':
        { variant: 'broadcast inputs 4x16', ratio: 1.62 },
      'Conv int8 256x8 -> int8 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightBits=4 weightZeroPoints=false #652d3b9a63d89ca2':
        { variant: 'broadcast inputs 8x16', ratio: 1.86 },
      'Conv float32 1024x1 -> float32 1024x8 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #54f3dc32a0511b31':
        { variant: 'broadcast weights 16x8', ratio: 1.44 },
      'Conv float16 1024x1 -> float16 1024x8 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #447e3e2db32d0199':
        { variant: 'direct', ratio: 1 },
      'Conv int8 1024x1 -> int8 1024x8 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #33602367dccad64f':
        { variant: 'broadcast weights 16x8', ratio: 1.09 },
      'Conv int8 1024x1 -> int8 1024x8 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightBits=4 weightZeroPoints=false #f554f6213c68a553':
        { variant: 'broadcast weights 16x8', ratio: 1.1 },
      'Gemm float32 1x1024 -> float32 1x8 weightZeroPoints=false #bc0046010ba9a93c': {
        variant: 'direct',
        ratio: 1,
      },
      'Gemm float16 1x1024 -> float16 1x8 weightZeroPoints=false #cb5916a608e51c16': {
        variant: 'direct',
        ratio: 1,
      },
      'Gemm int8 1x1024 -> int8 1x8 weightZeroPoints=false #34d206da4d2c382d': {
        variant: 'direct',
        ratio: 1,
      },
      'Gemm int8 1x1024 -> int8 1x8 weightBits=4 weightZeroPoints=false #ed1f52167c2da53c': {
        variant: 'direct',
        ratio: 1,
      },
      'Conv float32 64x64 -> float32 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #9b94dfd6fd82b8cc':
        { variant: 'broadcast inputs 8x16', ratio: 2.17 },
      'Conv float16 64x64 -> float16 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #687c4f658ac7899d':
        { variant: 'broadcast inputs 8x16', ratio: 1.95 },
      'Conv int8 64x64 -> int8 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #032aa2f8eec5a90a':
        { variant: 'direct', ratio: 1 },
      'Conv int8 64x64 -> int8 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightBits=4 weightZeroPoints=false #ec44492f677d5608':
        { variant: 'broadcast inputs 4x16', ratio: 1.64 },
      'Conv float32 256x16 -> float32 256x32 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #9b94dfd6fd82b8cc':
        { variant: 'broadcast weights 16x16', ratio: 1.37 },
      'Conv float16 256x16 -> float16 256x32 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #687c4f658ac7899d':
        { variant: 'broadcast inputs 8x16', ratio: 1.27 },
      'Conv int8 256x16 -> int8 256x32 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #032aa2f8eec5a90a':
        { variant: 'direct', ratio: 1 },
      'Conv int8 256x16 -> int8 256x32 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightBits=4 weightZeroPoints=false #ec44492f677d5608':
        { variant: 'direct', ratio: 1 },
      'Conv float32 64x32 -> float32 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #9b94dfd6fd82b8cc':
        { variant: 'broadcast inputs 4x16', ratio: 1.86 },
      'Conv float16 64x32 -> float16 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #687c4f658ac7899d':
        { variant: 'broadcast inputs 8x16', ratio: 2.29 },
      'Conv int8 64x32 -> int8 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #032aa2f8eec5a90a':
        { variant: 'broadcast inputs 4x16', ratio: 1.84 },
      'Conv int8 64x32 -> int8 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightBits=4 weightZeroPoints=false #ec44492f677d5608':
        { variant: 'broadcast inputs 8x16', ratio: 1.74 },
      'Conv float32 1024x1 -> float32 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=2,2 weightZeroPoints=false #680ae7484d701488':
        { variant: 'broadcast weights 16x16', ratio: 1.63 },
      'Conv float16 1024x1 -> float16 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=2,2 weightZeroPoints=false #bc5540703b64ab01':
        { variant: 'broadcast weights 16x16', ratio: 1.83 },
      'Conv int8 1024x1 -> int8 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=2,2 weightZeroPoints=false #8196b6947d29cbcf':
        { variant: 'broadcast inputs 8x16', ratio: 1.43 },
      'Conv int8 1024x1 -> int8 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=2,2 weightBits=4 weightZeroPoints=false #7b150d711382a8c1':
        { variant: 'broadcast inputs 16x16', ratio: 1.35 },
      'Gemm float32 1x64 -> float32 1x8 weightZeroPoints=false #bc0046010ba9a93c': {
        variant: 'direct',
        ratio: 1,
      },
      'Gemm float16 1x64 -> float16 1x8 weightZeroPoints=false #cb5916a608e51c16': {
        variant: 'broadcast inputs 1x16',
        ratio: 1.19,
      },
      'Gemm int8 1x64 -> int8 1x8 weightZeroPoints=false #34d206da4d2c382d': {
        variant: 'broadcast inputs 1x16',
        ratio: 1.1,
      },
      'Gemm int8 1x64 -> int8 1x8 weightBits=4 weightZeroPoints=false #ed1f52167c2da53c': {
        variant: 'broadcast inputs 1x16',
        ratio: 1.12,
      },
      'Gemm float32 1x64 -> float32 1x32 weightZeroPoints=false #bc0046010ba9a93c': {
        variant: 'direct',
        ratio: 1,
      },
      'Gemm float16 1x64 -> float16 1x32 weightZeroPoints=false #cb5916a608e51c16': {
        variant: 'direct',
        ratio: 1,
      },
      'Gemm int8 1x64 -> int8 1x32 weightZeroPoints=false #34d206da4d2c382d': { variant: 'direct', ratio: 1 },
      'Gemm int8 1x64 -> int8 1x32 weightBits=4 weightZeroPoints=false #ed1f52167c2da53c': {
        variant: 'direct',
        ratio: 1,
      },
      'Gemm float32 1x8 -> float32 1x64 weightZeroPoints=false #bc0046010ba9a93c': {
        variant: 'broadcast inputs 1x16',
        ratio: 1.19,
      },
      'Gemm float16 1x8 -> float16 1x64 weightZeroPoints=false #cb5916a608e51c16': {
        variant: 'broadcast inputs 1x16',
        ratio: 1.15,
      },
      'Gemm int8 1x8 -> int8 1x64 weightZeroPoints=false #df014021b35ac9d5': { variant: 'direct', ratio: 1 },
      'Gemm int8 1x8 -> int8 1x64 weightBits=4 weightZeroPoints=false #958e7aabe9f8c394': {
        variant: 'direct',
        ratio: 1,
      },
      'Gemm float32 1x32 -> float32 1x4 weightZeroPoints=false #bc0046010ba9a93c': {
        variant: 'broadcast inputs 1x16',
        ratio: 1.27,
      },
      'Gemm float16 1x32 -> float16 1x4 weightZeroPoints=false #cb5916a608e51c16': {
        variant: 'direct',
        ratio: 1,
      },
      'Gemm int8 1x32 -> int8 1x4 weightZeroPoints=false #34d206da4d2c382d': { variant: 'direct', ratio: 1 },
      'Gemm int8 1x32 -> int8 1x4 weightBits=4 weightZeroPoints=false #ed1f52167c2da53c': {
        variant: 'direct',
        ratio: 1,
      },
    },
  },
}
