/** A published INT8 run of a model on a board: the median of the trials. */
interface PublishedRun {
  /** The energy of one inference, in microjoules. */
  readonly microjoules: number
  readonly inferencesPerSecond: number
}

/** The models of MLPerf Tiny with published figures for boards, and the multiply-adds of one inference. */
export const TINY_MODELS = {
  autoencoder: { name: 'AD autoencoder', macs: 264_192 },
  'resnet-8': { name: 'ResNet-8', macs: 12_501_632 },
  'ds-cnn': { name: 'DS-CNN', macs: 2_656_768 },
  'mobilenet-v1-0.25': { name: 'MobileNetV1 0.25', macs: 7_489_664 },
} as const

export type TinyModel = keyof typeof TINY_MODELS

/** A board with published energy and latency for several models. */
export interface Board {
  readonly name: string
  readonly processor: string
  /** The size as the source states it, in units of 1,024. Absent if the source states none. */
  readonly flashBytes?: number
  readonly ramBytes?: number
  /** The publication of the figures in `runs` and of the sizes. */
  readonly source: string
  readonly runs: Readonly<Partial<Record<TinyModel, PublishedRun>>>
}

const KIB = 1024

/** Every board that Octet knows, by its name in `--board`. */
export const BOARDS = {
  stm32u385: {
    name: 'STM32U385',
    processor: 'Cortex-M33 at 96 MHz, 1.8 V',
    flashBytes: 1024 * KIB,
    ramBytes: 256 * KIB,
    source: 'MLPerf Tiny v1.3, closed/STMicroelectronics, NUCLEO_U385RG_Q',
    runs: {
      autoencoder: { microjoules: 31.8347, inferencesPerSecond: 184.851 },
      'resnet-8': { microjoules: 965.5817, inferencesPerSecond: 5.481 },
      'ds-cnn': { microjoules: 245.3412, inferencesPerSecond: 20.703 },
      'mobilenet-v1-0.25': { microjoules: 518.9761, inferencesPerSecond: 10.128 },
    },
  },
  stm32u575: {
    name: 'STM32U575',
    processor: 'Cortex-M33 at 160 MHz, 1.8 V',
    flashBytes: 2048 * KIB,
    ramBytes: 768 * KIB,
    source: 'MLPerf Tiny v1.3, closed/STMicroelectronics, NUCLEO_U575ZI_Q',
    runs: {
      autoencoder: { microjoules: 77.2364, inferencesPerSecond: 311.579 },
      'resnet-8': { microjoules: 2565.2442, inferencesPerSecond: 9.133 },
      'ds-cnn': { microjoules: 664.4239, inferencesPerSecond: 34.489 },
      'mobilenet-v1-0.25': { microjoules: 1372.1684, inferencesPerSecond: 16.873 },
    },
  },
  stm32l4r5: {
    name: 'STM32L4R5',
    processor: 'Cortex-M4 at 120 MHz, 3 V',
    flashBytes: 2048 * KIB,
    ramBytes: 640 * KIB,
    source: 'MLPerf Tiny v1.3, closed/STMicroelectronics, NUCLEO_L4R5ZI-P',
    runs: {
      autoencoder: { microjoules: 160.4232, inferencesPerSecond: 208.608 },
      'resnet-8': { microjoules: 5495.915, inferencesPerSecond: 6.036 },
      'ds-cnn': { microjoules: 1430.6681, inferencesPerSecond: 23.032 },
      'mobilenet-v1-0.25': { microjoules: 3029.7521, inferencesPerSecond: 11.181 },
    },
  },
  stm32h7a3: {
    name: 'STM32H7A3',
    processor: 'Cortex-M7 at 280 MHz, 3 V',
    flashBytes: 2048 * KIB,
    // The source says 1.19 MB. Of its two readings, this is the smaller.
    ramBytes: 1_190_000,
    source: 'MLPerf Tiny v1.2, closed/STMicroelectronics, NUCLEO_H7A3ZI_Q',
    runs: {
      autoencoder: { microjoules: 165.728, inferencesPerSecond: 816.004 },
      'resnet-8': { microjoules: 5090.283, inferencesPerSecond: 24.483 },
      'ds-cnn': { microjoules: 1375.599, inferencesPerSecond: 88.356 },
      'mobilenet-v1-0.25': { microjoules: 2965.461, inferencesPerSecond: 42.009 },
    },
  },
  ndp9120: {
    name: 'Syntiant NDP9120',
    processor: 'Syntiant Core 2 at 30.7 MHz, 0.9 V',
    source: 'MLPerf Tiny v1.3, closed/syntiant, syntiant_9120_0v9_30mhz',
    runs: {
      'resnet-8': { microjoules: 101.833, inferencesPerSecond: 62.598 },
      'ds-cnn': { microjoules: 31.537, inferencesPerSecond: 228.982 },
      'mobilenet-v1-0.25': { microjoules: 71.711, inferencesPerSecond: 78.6 },
    },
  },
} as const satisfies Readonly<Record<string, Board>>

export type BoardId = keyof typeof BOARDS

export const BOARD_IDS = Object.keys(BOARDS) as readonly BoardId[]
