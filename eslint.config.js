import js from '@eslint/js'
import {defineConfig} from 'eslint/config'
import tseslint from 'typescript-eslint'

export default defineConfig(
  {ignores: ['dist', 'coverage']},
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {parserOptions: {projectService: true}},
    rules: {
      // Numbers in messages are the norm here: counts, ports, exit codes.
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true}]
    }
  },
  {files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked]}
)
