export type { Config, ConfiguredGoals, ConfiguredModel, ConfiguredSweep } from './config/config.ts'
