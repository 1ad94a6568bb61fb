import FieldModel
