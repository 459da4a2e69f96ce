import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";

export default [
  {
    ignores: [
      "**/*",
      "!*.config.js",
      "!assets",
      "!assets/src",
      "!assets/src/**",
      "!tests",
      "!tests/js",
      "!tests/js/**",
    ],
  },
  js.configs.recommended,
  {
    files: ["assets/src/**/*.{js,jsx}"],
    plugins: { "react-hooks": reactHooks },
    languageOptions: {
      globals: globals.browser,
      parserOptions: { ecmaFeatures: { jsx: true } },
    },
    rules: {
      "react-hooks/rules-of-hooks": "error",
    },
  },
  { files: ["tests/js/**/*.js", "*.config.js"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
  {
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "max-lines": ["error", 400],
      "max-len": ["error", { code: 120, ignoreUrls: true }],
      // Without the space, the last class name of a line and the first of the next become one without a meaning.
      "no-restricted-syntax": [
        "error",
        ...["left.value", "left.right.value"].map((left) => ({
          selector: `BinaryExpression[operator='+'][${left}=/\\S$/][right.value=/^[\\w-]/]`,
          message: "Put a space between the joined strings.",
        })),
      ],
      "no-unused-vars": ["error", { varsIgnorePattern: "^_", argsIgnorePattern: "^_" }],
      "no-var": "error",
      "one-var": ["error", "never"],
      "prefer-const": "error",
    },
  },
];
