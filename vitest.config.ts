import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: ['packages/*', 'apps/*'].map((folder) => ({
      test: { name: folder, include: [`${folder}/test/**/*.test.ts`] },
    })),
  },
})
