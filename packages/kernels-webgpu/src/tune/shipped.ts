import type { TuningTable } from './table.ts'

/** Choices that come with the package, by family of devices. Written by `ship-tuning`. */
export const SHIPPED: TuningTable = {
  format: 2,
  devices: {
    'mesa | software | f16, dot, subgroups 8-8': {
      'Gemm float32 1x1024 -> float32 1x8 weightZeroPoints=false #f0141cf3da86e144': {
        variant: 'direct',
        ratio: 1.15,
      },
      'Gemm float16 1x1024 -> float16 1x8 weightZeroPoints=false #8de0c8406964c215': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm int8 1x1024 -> int8 1x8 weightZeroPoints=false #26f9f848249a5540': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm int8 1x1024 -> int8 1x8 weightBits=4 weightZeroPoints=false #2373a4fe502376d5': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Conv float32 64x64 -> float32 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #5a9fafb837ff279f':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv float16 64x64 -> float16 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #b2812c6e99cc7da5':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv int8 64x64 -> int8 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #347c737eb2cbc026':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv int8 64x64 -> int8 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightBits=4 weightZeroPoints=false #f1ec67cf314f69f8':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv float32 256x16 -> float32 256x32 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #5a9fafb837ff279f':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv float16 256x16 -> float16 256x32 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #b2812c6e99cc7da5':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv int8 256x16 -> int8 256x32 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #347c737eb2cbc026':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv int8 256x16 -> int8 256x32 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightBits=4 weightZeroPoints=false #f1ec67cf314f69f8':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv float32 64x32 -> float32 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #5a9fafb837ff279f':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv float16 64x32 -> float16 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #b2812c6e99cc7da5':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv int8 64x32 -> int8 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #347c737eb2cbc026':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv int8 64x32 -> int8 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightBits=4 weightZeroPoints=false #f1ec67cf314f69f8':
        { variant: 'broadcast inputs 16x32', ratio: 1 },
      'Conv int8 1024x1 -> int8 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=2,2 weightBits=4 weightZeroPoints=false #49a15f90ef6bb09d':
        { variant: 'broadcast weights 16x16', ratio: 1 },
      'Gemm float32 1x64 -> float32 1x8 weightZeroPoints=false #f0141cf3da86e144': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm float16 1x64 -> float16 1x8 weightZeroPoints=false #8de0c8406964c215': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm int8 1x64 -> int8 1x8 weightZeroPoints=false #26f9f848249a5540': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm int8 1x64 -> int8 1x8 weightBits=4 weightZeroPoints=false #2373a4fe502376d5': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm float32 1x64 -> float32 1x32 weightZeroPoints=false #f0141cf3da86e144': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm float16 1x64 -> float16 1x32 weightZeroPoints=false #8de0c8406964c215': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm int8 1x64 -> int8 1x32 weightZeroPoints=false #26f9f848249a5540': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm int8 1x64 -> int8 1x32 weightBits=4 weightZeroPoints=false #2373a4fe502376d5': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm float32 1x8 -> float32 1x64 weightZeroPoints=false #f0141cf3da86e144': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm float16 1x8 -> float16 1x64 weightZeroPoints=false #8de0c8406964c215': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm int8 1x8 -> int8 1x64 weightZeroPoints=false #1a1fb85c43ad669f': {
        variant: 'direct',
        ratio: 1.09,
      },
      'Gemm int8 1x8 -> int8 1x64 weightBits=4 weightZeroPoints=false #09c9703432ebbc3a': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm float32 1x32 -> float32 1x4 weightZeroPoints=false #f0141cf3da86e144': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm float16 1x32 -> float16 1x4 weightZeroPoints=false #8de0c8406964c215': {
        variant: 'broadcast inputs 1x32',
        ratio: 1,
      },
      'Gemm int8 1x32 -> int8 1x4 weightZeroPoints=false #26f9f848249a5540': {
        variant: 'direct',
        ratio: 1.17,
      },
      'Gemm int8 1x32 -> int8 1x4 weightBits=4 weightZeroPoints=false #2373a4fe502376d5': {
        variant: 'direct',
        ratio: 1.09,
      },
    },
    'google | swiftshader | subgroups 4-4': {
      'Conv float32 256x8 -> float32 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #8e5529f0665b294c':
        { variant: 'broadcast inputs 8x16', ratio: 1 },
      'Conv float16 256x8 -> float16 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #2926b0adcf41bda9':
        { variant: 'broadcast inputs 8x16', ratio: 1 },
      'Conv int8 256x8 -> int8 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #838fc30e58c66a62':
        { variant: 'broadcast inputs 8x16', ratio: 1.78 },
      'Conv int8 256x8 -> int8 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightBits=4 weightZeroPoints=false #75d626986dac8f0e':
        { variant: 'broadcast inputs 4x16', ratio: 1.65 },
      'Conv float32 1024x1 -> float32 1024x8 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #ea90995fb385828a':
        { variant: 'broadcast weights 16x8', ratio: 2.21 },
      'Conv float16 1024x1 -> float16 1024x8 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=1,1 weightZeroPoints=false #6b15be29b8d176ec':
        { variant: 'broadcast weights 16x8', ratio: 1.3 },
      'Gemm float32 1x1024 -> float32 1x8 weightZeroPoints=false #0b56c075924e0ab3': {
        variant: 'broadcast inputs 1x16',
        ratio: 1,
      },
      'Gemm float16 1x1024 -> float16 1x8 weightZeroPoints=false #5c79776cb3e02342': {
        variant: 'broadcast inputs 1x16',
        ratio: 1,
      },
      'Gemm int8 1x1024 -> int8 1x8 weightZeroPoints=false #cf1c83d5ac8cbb0a': {
        variant: 'direct',
        ratio: 1,
      },
      'Gemm int8 1x1024 -> int8 1x8 weightBits=4 weightZeroPoints=false #a6022e81b5d7d8c3': {
        variant: 'direct',
        ratio: 1,
      },
      'Conv float32 64x64 -> float32 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #fcf98178561051e5':
        { variant: 'broadcast inputs 8x16', ratio: 1 },
      'Conv float16 64x64 -> float16 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #0545767a24644c97':
        { variant: 'broadcast inputs 8x16', ratio: 1 },
      'Conv int8 64x64 -> int8 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #8d636eb4e26c77dc':
        { variant: 'broadcast inputs 8x16', ratio: 1.87 },
      'Conv int8 64x64 -> int8 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightBits=4 weightZeroPoints=false #77581522ce2f5dd0':
        { variant: 'broadcast inputs 8x16', ratio: 1.87 },
      'Conv float32 256x16 -> float32 256x32 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #fcf98178561051e5':
        { variant: 'broadcast inputs 8x16', ratio: 1 },
      'Conv float16 256x16 -> float16 256x32 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #0545767a24644c97':
        { variant: 'broadcast inputs 8x16', ratio: 1 },
      'Conv int8 256x16 -> int8 256x32 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #8d636eb4e26c77dc':
        { variant: 'broadcast inputs 8x16', ratio: 1.05 },
      'Conv int8 256x16 -> int8 256x32 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightBits=4 weightZeroPoints=false #77581522ce2f5dd0':
        { variant: 'direct', ratio: 1 },
      'Conv float32 64x32 -> float32 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #fcf98178561051e5':
        { variant: 'broadcast inputs 8x16', ratio: 1 },
      'Conv float16 64x32 -> float16 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #0545767a24644c97':
        { variant: 'broadcast inputs 8x16', ratio: 1 },
      'Conv int8 64x32 -> int8 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightZeroPoints=false #8d636eb4e26c77dc':
        { variant: 'broadcast inputs 4x16', ratio: 1.95 },
      'Conv int8 64x32 -> int8 64x64 dilations=1,1 group=1 kernel=1,1 pads=0,0,0,0 strides=1,1 weightBits=4 weightZeroPoints=false #77581522ce2f5dd0':
        { variant: 'broadcast inputs 4x16', ratio: 1.98 },
      'Conv float32 1024x1 -> float32 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=2,2 weightZeroPoints=false #f1cbdd1e0a2dcab3':
        { variant: 'broadcast inputs 8x16', ratio: 1 },
      'Conv float16 1024x1 -> float16 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=2,2 weightZeroPoints=false #b2be91a1a0c4fd86':
        { variant: 'broadcast inputs 8x16', ratio: 1 },
      'Conv int8 1024x1 -> int8 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=2,2 weightZeroPoints=false #cc0ba53418348285':
        { variant: 'broadcast inputs 8x16', ratio: 1.38 },
      'Conv int8 1024x1 -> int8 256x16 dilations=1,1 group=1 kernel=3,3 pads=1,1,1,1 strides=2,2 weightBits=4 weightZeroPoints=false #3ac9150e6e7e0f91':
        { variant: 'broadcast inputs 8x16', ratio: 1.41 },
      'Gemm float32 1x64 -> float32 1x8 weightZeroPoints=false #0b56c075924e0ab3': {
        variant: 'broadcast inputs 1x16',
        ratio: 1,
      },
      'Gemm float16 1x64 -> float16 1x8 weightZeroPoints=false #5c79776cb3e02342': {
        variant: 'broadcast inputs 1x16',
        ratio: 1,
      },
      'Gemm int8 1x64 -> int8 1x8 weightZeroPoints=false #cf1c83d5ac8cbb0a': {
        variant: 'broadcast inputs 1x16',
        ratio: 1.11,
      },
      'Gemm int8 1x64 -> int8 1x8 weightBits=4 weightZeroPoints=false #a6022e81b5d7d8c3': {
        variant: 'broadcast inputs 1x16',
        ratio: 1.05,
      },
      'Gemm float32 1x64 -> float32 1x32 weightZeroPoints=false #0b56c075924e0ab3': {
        variant: 'broadcast inputs 1x16',
        ratio: 1,
      },
      'Gemm float16 1x64 -> float16 1x32 weightZeroPoints=false #5c79776cb3e02342': {
        variant: 'broadcast inputs 1x16',
        ratio: 1,
      },
      'Gemm int8 1x64 -> int8 1x32 weightZeroPoints=false #cf1c83d5ac8cbb0a': { variant: 'direct', ratio: 1 },
      'Gemm int8 1x64 -> int8 1x32 weightBits=4 weightZeroPoints=false #a6022e81b5d7d8c3': {
        variant: 'direct',
        ratio: 1,
      },
      'Gemm float32 1x8 -> float32 1x64 weightZeroPoints=false #0b56c075924e0ab3': {
        variant: 'broadcast inputs 1x16',
        ratio: 1,
      },
      'Gemm float16 1x8 -> float16 1x64 weightZeroPoints=false #5c79776cb3e02342': {
        variant: 'broadcast inputs 1x16',
        ratio: 1,
      },
      'Gemm int8 1x8 -> int8 1x64 weightZeroPoints=false #99b0dbe651ff5ab2': {
        variant: 'broadcast inputs 1x16',
        ratio: 1.36,
      },
      'Gemm int8 1x8 -> int8 1x64 weightBits=4 weightZeroPoints=false #6257ef0ce7569c5b': {
        variant: 'broadcast inputs 1x16',
        ratio: 1.21,
      },
      'Gemm float32 1x32 -> float32 1x4 weightZeroPoints=false #0b56c075924e0ab3': {
        variant: 'broadcast inputs 1x16',
        ratio: 1,
      },
      'Gemm float16 1x32 -> float16 1x4 weightZeroPoints=false #5c79776cb3e02342': {
        variant: 'broadcast inputs 1x16',
        ratio: 1,
      },
      'Gemm int8 1x32 -> int8 1x4 weightZeroPoints=false #cf1c83d5ac8cbb0a': {
        variant: 'broadcast inputs 1x16',
        ratio: 1.54,
      },
      'Gemm int8 1x32 -> int8 1x4 weightBits=4 weightZeroPoints=false #a6022e81b5d7d8c3': {
        variant: 'broadcast inputs 1x16',
        ratio: 1.09,
      },
    },
  },
}
