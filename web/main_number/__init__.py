"""The pages and the API of the main number, of menus, and of the plan itself with its versions."""
